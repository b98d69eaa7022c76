import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.TwoDArrayWritable;

public class TextGridWritable extends TwoDArrayWritable {
  public TextGridWritable() {
    super(Text.class);
  }
}
