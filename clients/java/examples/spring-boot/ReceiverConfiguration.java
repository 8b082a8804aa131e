package com.example.hooks;

import livekey.KeysetCache;
import livekey.Verifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** One cache per process. Spring closes it on shutdown. */
@Configuration
public class ReceiverConfiguration {
  private static final Logger LOG = LoggerFactory.getLogger(ReceiverConfiguration.class);

  @Bean(destroyMethod = "close")
  public KeysetCache keysetCache(SecretReader secret) {
    return KeysetCache.reading(secret::read)
        .onError(error -> LOG.warn("keyset not read: {}", error.getClass().getName()))
        .build();
  }

  @Bean
  public Verifier verifier(KeysetCache cache, @Value("${live.callback-host}") String host) {
    return new Verifier(cache, host);
  }
}
