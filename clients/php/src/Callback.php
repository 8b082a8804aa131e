<?php

declare(strict_types=1);

namespace LiveKey;

/** A callback for your code. Check the verdict: only `accepted` is certainly genuine. */
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
