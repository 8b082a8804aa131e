<?php

declare(strict_types=1);

namespace LiveKey;

/**
 * Where the workers of a server keep their shared keyset. It contains the keys in plain text: nobody else may read it.
 */
interface Store
{
    /** @return array<string, mixed>|null what was stored last */
    public function get(): ?array;

    /**
     * Changes what is stored, one process at a time.
     *
     * @param callable(array<string, mixed>|null): array<string, mixed> $change
     */
    public function update(callable $change): void;
}
