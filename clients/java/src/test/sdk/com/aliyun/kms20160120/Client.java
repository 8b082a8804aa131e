package com.aliyun.kms20160120;

import com.aliyun.kms20160120.models.GetSecretValueRequest;
import com.aliyun.kms20160120.models.GetSecretValueResponse;
import com.aliyun.teaopenapi.models.Config;

public class Client {
  public Client(Config config) throws Exception {}

  public GetSecretValueResponse getSecretValue(GetSecretValueRequest request) throws Exception {
    return new GetSecretValueResponse();
  }
}
