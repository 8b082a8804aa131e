package com.aliyun.teaopenapi.models;

public class Config {
  public Config setCredential(com.aliyun.credentials.Client credential) {
    return this;
  }

  public Config setEndpoint(String endpoint) {
    return this;
  }

  public Config setConnectTimeout(Integer milliseconds) {
    return this;
  }

  public Config setReadTimeout(Integer milliseconds) {
    return this;
  }
}
