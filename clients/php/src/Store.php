<?php

declare(strict_types=1);

namespace LiveKey;

/**
 * Where the workers of a server keep their common keyset. It holds the keys in clear: nobody else may read it.
 */
interface Store
{
    /** @return array<string, mixed>|null what was kept last */
    public function get(): ?array;

    /**
     * Changes what is kept, one process at a time.
     *
     * @param callable(array<string, mixed>|null): array<string, mixed> $change
     */
    public function update(callable $change): void;
}
