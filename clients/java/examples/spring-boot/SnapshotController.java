package com.example.hooks;

import livekey.Admission;
import livekey.Verifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** A receiver in Spring MVC: Spring 4.3 and newer, Spring Boot 2 and 3. */
@RestController
public class SnapshotController {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotController.class);

  /** Where your work begins: with JSON as it came. */
  public interface Snapshots {
    void store(byte[] snapshot);
  }

  private final Verifier verifier;
  private final Snapshots snapshots;

  public SnapshotController(Verifier verifier, Snapshots snapshots) {
    this.verifier = verifier;
    this.snapshots = snapshots;
  }

  /** The body is taken as bytes: Spring would answer 415 or 400 to one that it cannot parse, before it is verified. */
  @PostMapping("/live/snapshot")
  public ResponseEntity<Void> snapshot(
      @RequestHeader HttpHeaders headers, @RequestBody(required = false) byte[] body) {
    Admission admission = verifier.admit(headers::get);
    if (!admission.isCallback()) {
      ResponseEntity.BodyBuilder answer = ResponseEntity.status(admission.status());
      admission.headers().forEach(answer::header);
      return answer.build();
    }
    if (admission.isAccepted()) {
      snapshots.store(body);
    } else {
      // Signed with a leaked key: genuine or forged. Set it aside, or confirm it by other means.
      LOG.warn("quarantined: kid {}", admission.verification().kid());
    }
    return ResponseEntity.ok().build();
  }
}
