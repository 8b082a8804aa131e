package com.example.hooks;

import com.aliyun.kms20160120.Client;
import com.aliyun.kms20160120.models.GetSecretValueRequest;
import com.aliyun.teaopenapi.models.Config;
import org.springframework.stereotype.Component;

/** Reads the secret with Alibaba Cloud's SDK V2.0: com.aliyun:kms20160120. */
@Component
public class SecretReader {
  private final Client client;

  public SecretReader() throws Exception {
    Config config = new Config().setCredential(new com.aliyun.credentials.Client());
    config.setEndpoint("kms.cn-shanghai.aliyuncs.com").setConnectTimeout(2_000).setReadTimeout(2_000);
    client = new Client(config);
  }

  public String read() throws Exception {
    GetSecretValueRequest request = new GetSecretValueRequest().setSecretName("live/snapshot-callback/default");
    return client.getSecretValue(request).getBody().getSecretData();
  }
}
