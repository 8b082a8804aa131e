<?php

declare(strict_types=1);

namespace LiveKey;

/** Keeps the keyset in a process that serves many requests (Swoole, RoadRunner, Octane). Also for tests. */
final class MemoryStore implements Store
{
    /** @var array<string, mixed>|null */
    private ?array $kept = null;

    public function get(): ?array
    {
        return $this->kept;
    }

    public function update(callable $change): void
    {
        $this->kept = $change($this->kept);
    }

    /** @return array<string, mixed> */
    public function __debugInfo(): array
    {
        return [];
    }
}
