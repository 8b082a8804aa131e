package com.aliyun.credentials;

public class Client {}
