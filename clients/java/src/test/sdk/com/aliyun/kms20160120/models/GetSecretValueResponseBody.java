package com.aliyun.kms20160120.models;

public class GetSecretValueResponseBody {
  public String getSecretData() {
    return "";
  }
}
