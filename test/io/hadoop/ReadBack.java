import java.util.*;
import java.util.stream.*;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.*;
import org.apache.hadoop.util.ReflectionUtils;

/** Prints what Hadoop reads in each sequence file named: its head as a line, then a line a pair. */
public class ReadBack {
  static String show(Object value) {
    if (value instanceof NullWritable) return "null";
    if (value instanceof Text) return "\"" + value + "\"";
    if (value instanceof BytesWritable) return "bytes " + value;
    if (value instanceof ArrayWritable)
      return Arrays.stream(((ArrayWritable) value).get()).map(ReadBack::show).collect(Collectors.joining(",", "[", "]"));
    if (value instanceof TwoDArrayWritable)
      return Arrays.stream(((TwoDArrayWritable) value).get())
          .map(row -> Arrays.stream(row).map(ReadBack::show).collect(Collectors.joining(",", "[", "]")))
          .collect(Collectors.joining(",", "[", "]"));
    if (value instanceof ArrayPrimitiveWritable) {
      Object array = ((ArrayPrimitiveWritable) value).get();
      return IntStream.range(0, java.lang.reflect.Array.getLength(array))
          .mapToObj(i -> String.valueOf(java.lang.reflect.Array.get(array, i)))
          .collect(Collectors.joining(",", array.getClass().getComponentType() + "[", "]"));
    }
    if (value instanceof Map)
      return ((Map<?, ?>) value)
          .entrySet().stream()
              .map(e -> show(e.getKey()) + ":" + show(e.getValue()))
              .sorted()
              .collect(Collectors.joining(",", "{", "}"));
    return String.valueOf(value);
  }

  public static void main(String[] args) throws Exception {
    Configuration conf = new Configuration();
    conf.set("fs.file.impl", "org.apache.hadoop.fs.RawLocalFileSystem");
    for (String path : args) {
      try (SequenceFile.Reader reader = new SequenceFile.Reader(conf, SequenceFile.Reader.file(new Path("file://" + path)))) {
        System.out.println(
            "# " + reader.getKeyClassName() + " " + reader.getValueClassName() + " " + reader.getCompressionType() + " "
                + (reader.getCompressionCodec() == null ? "none" : reader.getCompressionCodec().getClass().getSimpleName())
                + " " + new TreeMap<>(reader.getMetadata().getMetadata()));
        Writable key = (Writable) ReflectionUtils.newInstance(reader.getKeyClass(), conf);
        Writable value = (Writable) ReflectionUtils.newInstance(reader.getValueClass(), conf);
        while (reader.next(key, value)) System.out.println(show(key) + "\t" + show(value));
      }
    }
  }
}
