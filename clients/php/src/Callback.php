<?php

declare(strict_types=1);

namespace LiveKey;

/** A callback for your code. Mind the verdict: only `accepted` is accepted. */
final class Callback
{
    public function __construct(
        public string $verdict,
        public string $kid,
        public string $state,
        public string $timestamp,
        public string $signature,
    ) {
    }
}
