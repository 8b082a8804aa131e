<?php

declare(strict_types=1);

namespace LiveKey;

/**
 * In a file that only its owner may read, best in a folder of its own in memory (/dev/shm). It outlives a restart: a server
 * that is started while KMS is down goes on.
 */
final class FileStore implements Store
{
    public function __construct(private string $path)
    {
        if (!is_dir(dirname($path))) {
            throw new \InvalidArgumentException('the folder of the keyset file must exist');
        }
    }

    public function get(): ?array
    {
        $text = @file_get_contents($this->path);
        $kept = is_string($text) ? json_decode($text, true) : null;
        return is_array($kept) ? $kept : null;
    }

    public function update(callable $change): void
    {
        $lock = fopen("$this->path.lock", 'c');
        if ($lock === false || !flock($lock, LOCK_EX)) {
            throw new \RuntimeException('the lock of the keyset file cannot be had');
        }
        try {
            $this->write(json_encode($change($this->get()), JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION));
        } finally {
            flock($lock, LOCK_UN);
            fclose($lock);
        }
    }

    /** Whole or not at all, and readable by nobody else at any moment. */
    private function write(#[\SensitiveParameter] string $text): void
    {
        $new = "$this->path." . bin2hex(random_bytes(6));
        $file = fopen($new, 'x');
        $written = $file !== false && chmod($new, 0600) && fwrite($file, $text) === strlen($text) && fclose($file);
        if (!$written || !rename($new, $this->path)) {
            @unlink($new);
            throw new \RuntimeException('the keyset file cannot be written');
        }
    }
}
