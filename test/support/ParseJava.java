import com.sun.source.util.JavacTask;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.tools.ToolProvider;

/** Parses Java files, and names what is not Java: {@code java ParseJava.java FILE...}. Their imports need not be there. */
public class ParseJava {
    public static void main(String[] files) throws Exception {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var manager = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8);
        var paths = Arrays.stream(files).map(Path::of).toList();
        var faults = new boolean[1];
        var task = (JavacTask) compiler.getTask(null, manager, fault -> {
            faults[0] = true;
            System.err.println(fault);
        }, List.of(), null, manager.getJavaFileObjectsFromPaths(paths));
        task.parse();
        System.exit(faults[0] ? 1 : 0);
    }
}
