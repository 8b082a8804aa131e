package livekey;

import java.nio.file.Path;
import java.nio.file.Paths;

/** All tests: java -cp … livekey.ReceiverTest [docs/vectors.json]. */
public final class ReceiverTest {
  private ReceiverTest() {}

  public static void main(String[] arguments) throws Exception {
    Path vectors = Paths.get(arguments.length > 0 ? arguments[0] : "../../docs/vectors.json");
    VectorsTest.run(vectors);
    CacheTest.run();
    AdmitTest.run();
    System.out.println(Check.held + " tests passed");
    if (Check.failed > 0) System.exit(1);
  }
}
