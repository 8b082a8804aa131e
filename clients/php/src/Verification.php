<?php

declare(strict_types=1);

namespace LiveKey;

/**
 * The result of a verification. Only `accepted` is certainly genuine. `quarantined`: signed with a leaked key and no
 * other; it may be genuine or forged, the signature cannot tell. `reason` says why a callback was `rejected`. Log it; do
 * not send it.
 */
final class Verification
{
    public function __construct(
        public string $verdict,
        public ?string $kid = null,
        public ?string $state = null,
        public ?string $reason = null,
        public ?Keyset $keyset = null,
    ) {
    }
}
