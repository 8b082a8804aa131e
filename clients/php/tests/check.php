<?php

// The least that tests need: a name and what must hold; the same exit code as any runner.

declare(strict_types=1);

require __DIR__ . '/../autoload.php';

set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
    if ((error_reporting() & $level) === 0) {
        return false;
    }
    throw new ErrorException($message, 0, $level, $file, $line);
});

final class Check
{
    public static int $held = 0;
    public static int $failed = 0;

    public static function that(string $name, callable $test): void
    {
        try {
            $test();
            self::$held++;
            echo "ok: $name\n";
        } catch (\Throwable $error) {
            self::$failed++;
            $at = basename($error->getFile()) . ':' . $error->getLine();
            echo "does not hold: $name: ", $error->getMessage(), " ($at)\n";
        }
    }

    public static function same(mixed $got, mixed $wanted, string $what = ''): void
    {
        if ($got !== $wanted) {
            throw new \RuntimeException(trim("$what " . json_encode($got) . ' is not ' . json_encode($wanted)));
        }
    }

    /** @param class-string $class */
    public static function throws(string $class, callable $work, string $what = ''): \Throwable
    {
        try {
            $work();
        } catch (\Throwable $error) {
            self::same(get_class($error), $class, $what);
            return $error;
        }
        throw new \RuntimeException("$what was taken");
    }

    public static function end(): void
    {
        echo self::$held, " tests passed\n";
        exit(self::$failed === 0 ? 0 : 1);
    }
}
