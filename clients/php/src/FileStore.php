<?php

declare(strict_types=1);

namespace LiveKey;

/**
 * Keeps the keyset in a file that only its owner can read, preferably in its own folder in memory (/dev/shm). The file
 * survives a restart, so a server can restart while KMS is down.
 */
final class FileStore implements Store
{
    public function __construct(private string $path)
    {
        if (!is_dir(dirname($path))) {
            throw new \InvalidArgumentException('the folder of the keyset file does not exist');
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
            throw new \RuntimeException('the keyset file cannot be locked');
        }
        try {
            $this->write(json_encode($change($this->get()), JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION));
        } finally {
            flock($lock, LOCK_UN);
            fclose($lock);
        }
    }

    /** Writes atomically. At no moment can anyone else read the file. */
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
