import org.apache.hadoop.io.ArrayWritable;
import org.apache.hadoop.io.IntWritable;

/** Hadoop reads arrays only by a class that says what is in them. */
public class IntArrayWritable extends ArrayWritable {
  public IntArrayWritable() {
    super(IntWritable.class);
  }
}
