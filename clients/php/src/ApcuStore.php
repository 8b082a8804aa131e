<?php

declare(strict_types=1);

namespace LiveKey;

/** In the memory that all workers of one PHP-FPM master share. Name several when one server has several keysets. */
final class ApcuStore implements Store
{
    /** A process that dies while it changes something leaves the others waiting for so many seconds. */
    private const PATIENCE = 1;

    public function __construct(private string $name = 'live-keyset')
    {
        if (!function_exists('apcu_enabled') || !apcu_enabled()) {
            throw new \RuntimeException('APCu is not enabled here: install it, or use a FileStore');
        }
    }

    public function get(): ?array
    {
        $kept = apcu_fetch($this->name);
        return is_array($kept) ? $kept : null;
    }

    public function update(callable $change): void
    {
        $until = hrtime(true) + self::PATIENCE * 1_000_000_000;
        while (!apcu_add("$this->name:lock", 1, self::PATIENCE + 1) && hrtime(true) < $until) {
            usleep(500);
        }
        try {
            apcu_store($this->name, $change($this->get()));
        } finally {
            apcu_delete("$this->name:lock");
        }
    }
}
