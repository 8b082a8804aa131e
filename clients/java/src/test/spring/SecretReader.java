package com.example.hooks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;

/** In place of the example's, which needs Alibaba Cloud's SDK: from READ_URL. */
public class SecretReader {
  public String read() throws IOException {
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
