import java.io.File;
import java.io.OutputStream;
import java.util.function.IntFunction;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.*;
import org.apache.hadoop.io.SequenceFile.CompressionType;
import org.apache.hadoop.io.compress.*;
import org.apache.hadoop.util.ReflectionUtils;

/** Writes the fixtures of sequence-file.test.ts and codecs.test.ts into the directory given. */
public class MakeFixtures {
  static final Configuration CONF = new Configuration();
  static String directory;

  static void write(
      String name,
      CompressionType type,
      CompressionCodec codec,
      int rows,
      int syncEvery,
      IntFunction<Writable> key,
      IntFunction<Writable> value)
      throws Exception {
    SequenceFile.Metadata metadata = new SequenceFile.Metadata();
    metadata.set(new Text("made by"), new Text("Hadoop"));
    try (SequenceFile.Writer writer =
        SequenceFile.createWriter(
            CONF,
            SequenceFile.Writer.file(new Path(directory, name)),
            SequenceFile.Writer.keyClass(key.apply(0).getClass()),
            SequenceFile.Writer.valueClass(value.apply(0).getClass()),
            SequenceFile.Writer.compression(type, codec),
            SequenceFile.Writer.metadata(metadata))) {
      for (int i = 0; i < rows; i++) {
        if (syncEvery > 0 && i > 0 && i % syncEvery == 0) writer.sync();
        writer.append(key.apply(i), value.apply(i));
      }
    }
  }

  static void type(String name, IntFunction<Writable> value) throws Exception {
    write(name + ".seq", CompressionType.NONE, null, 9, 0, IntWritable::new, value);
  }

  static <T extends Writable> T with(T writable, ThrowingConsumer<T> fill) {
    try {
      fill.accept(writable);
      return writable;
    } catch (Exception e) {
      throw new RuntimeException(e);
    }
  }

  interface ThrowingConsumer<T> {
    void accept(T value) throws Exception;
  }

  static final long[] LONGS = {
    0, 1, -1, 127, -113, 128, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE
  };
  static final double[] DOUBLES = {
    0, -0.0, 1.5, -1e300, Double.MIN_VALUE, Double.MAX_VALUE, Double.NaN, 1.0 / 0, -1.0 / 0
  };
  static final String[] TEXTS = {
    "", "a", "line\nend", "\u00e9", "\u20ac", "\ud83d\ude00", "\u0000", "x".repeat(300), "tab\t"
  };

  static Text line(int i) {
    return new Text("line " + i + " of a file with lines of text " + "abcdefgh".substring(0, i % 9));
  }

  public static void main(String[] args) throws Exception {
    directory = args[0];
    new File(directory).mkdirs();
    CONF.set("fs.defaultFS", "file:///");
    CONF.setBoolean("fs.file.impl.disable.cache", true);
    CONF.set("fs.file.impl", "org.apache.hadoop.fs.RawLocalFileSystem");
    CONF.setInt("io.seqfile.compress.blocksize", 2000);
    CONF.setInt("io.seqfile.sync.interval", 2000);

    write("none.seq", CompressionType.NONE, null, 200, 30, IntWritable::new, MakeFixtures::line);
    write("empty.seq", CompressionType.NONE, null, 0, 0, IntWritable::new, MakeFixtures::line);
    Class<?>[] codecs = {
      DefaultCodec.class, GzipCodec.class, BZip2Codec.class, SnappyCodec.class, Lz4Codec.class
    };
    for (Class<?> each : codecs) {
      CompressionCodec codec = (CompressionCodec) ReflectionUtils.newInstance(each, CONF);
      String name = each.getSimpleName();
      write(name + ".record.seq", CompressionType.RECORD, codec, 20, 7, IntWritable::new, MakeFixtures::line);
      write(name + ".block.seq", CompressionType.BLOCK, codec, 200, 0, IntWritable::new, MakeFixtures::line);
      // A file of compressed text, of several blocks and with what does not compress.
      File file = new File(directory, "text" + codec.getDefaultExtension());
      try (OutputStream out =
          codec.createOutputStream(new java.io.FileOutputStream(file))) {
        java.util.Random random = new java.util.Random(1);
        for (int i = 0; i < 3000; i++)
          out.write((line(i) + (i % 10 == 0 ? Long.toHexString(random.nextLong()) : "") + "\n").getBytes("UTF-8"));
      }
    }

    type("NullWritable", i -> NullWritable.get());
    type("BooleanWritable", i -> new BooleanWritable(i % 2 == 1));
    type("ByteWritable", i -> new ByteWritable((byte) LONGS[i]));
    type("ShortWritable", i -> new ShortWritable((short) LONGS[i]));
    type("IntWritable", i -> new IntWritable((int) LONGS[i]));
    type("VIntWritable", i -> new VIntWritable((int) LONGS[i]));
    type("LongWritable", i -> new LongWritable(LONGS[i]));
    type("VLongWritable", i -> new VLongWritable(LONGS[i]));
    type("FloatWritable", i -> new FloatWritable((float) DOUBLES[i]));
    type("DoubleWritable", i -> new DoubleWritable(DOUBLES[i]));
    type("Text", i -> new Text(TEXTS[i]));
    type("BytesWritable", i -> new BytesWritable(TEXTS[i].getBytes()));
    type("MD5Hash", i -> MD5Hash.digest(TEXTS[i]));
    type("ObjectWritable", i -> new ObjectWritable(TEXTS[i]));
    type("IntArrayWritable", i -> with(new IntArrayWritable(), array -> {
      Writable[] items = new Writable[i];
      for (int k = 0; k < i; k++) items[k] = new IntWritable(k * i);
      array.set(items);
    }));
    type("TextGridWritable", i -> with(new TextGridWritable(), grid -> {
      Writable[][] rows = new Writable[i % 3][i % 4];
      for (int r = 0; r < rows.length; r++)
        for (int c = 0; c < rows[r].length; c++) rows[r][c] = new Text(r + "," + c);
      grid.set(rows);
    }));
    Object[] primitives = {
      new int[] {1, -2}, new long[] {1, Long.MIN_VALUE}, new double[] {1.5, -0.0}, new float[] {2.5f},
      new short[] {-7}, new byte[] {1, -1}, new boolean[] {true, false}, new char[] {'a', '\u20ac'}, new int[0]
    };
    type("ArrayPrimitiveWritable", i -> new ArrayPrimitiveWritable(primitives[i]));
    IntFunction<MapWritable> map = i -> with(new MapWritable(), m -> {
      m.put(new Text("int"), new IntWritable(i));
      m.put(new Text("double"), new DoubleWritable(i / 2.0));
      m.put(new IntWritable(i), new Text("text"));
      m.put(new Text("null"), NullWritable.get());
    });
    type("MapWritable", i -> with(new MapWritable(), m -> {
      m.putAll(map.apply(i));
      m.put(new Text("inner"), map.apply(i + 1));
    }));
    type("SortedMapWritable", i -> with(new SortedMapWritable<Text>(), m -> {
      m.put(new Text("b"), new LongWritable(i));
      m.put(new Text("a"), new ArrayPrimitiveWritable(new int[] {i}));
    }));
  }
}
