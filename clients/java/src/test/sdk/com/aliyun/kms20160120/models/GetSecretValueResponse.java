package com.aliyun.kms20160120.models;

public class GetSecretValueResponse {
  public GetSecretValueResponseBody getBody() {
    return new GetSecretValueResponseBody();
  }
}
