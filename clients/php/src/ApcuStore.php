<?php

declare(strict_types=1);

namespace LiveKey;

/** Keeps the keyset in memory shared by all workers of a PHP-FPM master. Use one name per keyset. */
final class ApcuStore implements Store
{
    /** How long to wait for the lock, in seconds, if the process that holds it has died. */
    private const PATIENCE = 1;

    public function __construct(private string $name = 'live-keyset')
    {
        if (!function_exists('apcu_enabled') || !apcu_enabled()) {
            throw new \RuntimeException('APCu is not enabled: install it, or use a FileStore');
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
