package com.aliyun.kms20160120.models;

public class GetSecretValueRequest {
  public GetSecretValueRequest setSecretName(String name) {
    return this;
  }
}
