<?php

// A receiver in plain PHP, for PHP-FPM.

declare(strict_types=1);

require __DIR__ . '/../autoload.php'; // or Composer's vendor/autoload.php
require __DIR__ . '/read-secret.php';

$cache = new LiveKey\KeysetCache(
    new LiveKey\ApcuStore(),
    'readSecret',
    onError: static fn (Throwable $error) => error_log('keyset not read: ' . get_class($error)),
);
$verifier = new LiveKey\Verifier($cache, host: 'hooks.example.com');

$admission = $verifier->admit($_SERVER);
if ($admission instanceof LiveKey\Answer) {
    $admission->send();
} elseif ($admission->verdict === 'accepted') {
    store(json_decode((string) file_get_contents('php://input'), true));
} else {
    // Signed with a leaked key: genuine or forged. Set it aside, or confirm it by other means.
    error_log("quarantined: kid $admission->kid");
}

function store(mixed $snapshot): void
{
    // Your work.
}
