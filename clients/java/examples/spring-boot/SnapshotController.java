package com.example.hooks;

import com.fasterxml.jackson.databind.JsonNode;
import livekey.Admission;
import livekey.KeysetCache;
import livekey.Verifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** A receiver in Spring Boot 2 and 3 (Spring MVC). Spring closes the cache at the end. */
@RestController
public class SnapshotController {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotController.class);

  private final Verifier verifier;

  public SnapshotController(Verifier verifier) {
    this.verifier = verifier;
  }

  @PostMapping("/live/snapshot")
  public ResponseEntity<Void> snapshot(@RequestHeader HttpHeaders headers, @RequestBody JsonNode body) {
    Admission admission = verifier.admit(headers::get);
    if (!admission.isCallback()) {
      ResponseEntity.BodyBuilder answer = ResponseEntity.status(admission.status());
      admission.headers().forEach(answer::header);
      return answer.build();
    }
    if (admission.isAccepted()) {
      store(body);
    } else {
      // Signed with a key that has leaked: genuine or forged. Keep it aside, or confirm it by other means.
      LOG.warn("quarantined: kid {}", admission.verification().kid());
    }
    return ResponseEntity.ok().build();
  }

  private void store(JsonNode body) {
    // Your work.
  }

  /** The beans: one cache for the process. */
  @Configuration
  public static class Receiver {
    @Bean(destroyMethod = "close")
    public KeysetCache keysetCache(SecretReader secret) {
      return KeysetCache.reading(secret::read)
          .onError(error -> LOG.warn("the keyset was not read: {}", error.getClass().getName()))
          .build();
    }

    @Bean
    public Verifier verifier(KeysetCache cache, @Value("${live.callback-host}") String host) {
      return new Verifier(cache, host);
    }
  }
}
