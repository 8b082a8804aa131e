<?php

// For those who do not use Composer: require __DIR__ . '/autoload.php'.

declare(strict_types=1);

spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'LiveKey\\')) {
        require __DIR__ . '/src/' . substr($class, 8) . '.php';
    }
});
