package livekey;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URL;
import java.time.Duration;
import java.util.concurrent.Executors;

/** A receiver for the outage that all languages are put through: PORT, READ_URL and HOST come from the environment. */
public final class TestServer {
  private TestServer() {}

  public static void main(String[] arguments) throws Exception {
    KeysetCache cache = KeysetCache.reading(TestServer::read).timeout(Duration.ofSeconds(1)).build();
    Verifier verifier = new Verifier(cache, System.getenv("HOST"));
    int port = Integer.parseInt(System.getenv("PORT"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 128);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext(
        "/live/snapshot",
        exchange -> {
          Admission admission = verifier.admit(exchange.getRequestHeaders()::get);
          admission.headers().forEach(exchange.getResponseHeaders()::set);
          if (admission.isCallback()) {
            String verdict = admission.isAccepted() ? "accepted" : "quarantined";
            exchange.getResponseHeaders().set("X-Live-Key-Verdict", verdict);
          }
          exchange.sendResponseHeaders(admission.isCallback() ? 200 : admission.status(), -1);
          exchange.close();
        });
    server.start();
  }

  private static String read() throws IOException {
    HttpURLConnection connection = (HttpURLConnection) new URL(System.getenv("READ_URL")).openConnection();
    connection.setConnectTimeout(1_000);
    connection.setReadTimeout(1_000);
    try (InputStream body = connection.getInputStream()) {
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      byte[] part = new byte[4_096];
      for (int length = body.read(part); length >= 0; length = body.read(part)) text.write(part, 0, length);
      return text.toString("UTF-8");
    }
  }
}
