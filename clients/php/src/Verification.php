<?php

declare(strict_types=1);

namespace LiveKey;

/**
 * What a signature is worth. Only `accepted` is accepted. `quarantined` is signed with a key that has leaked, and with no
 * other: genuine or forged, nobody can tell. `reason`, for the log, says why a callback was `rejected`.
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
