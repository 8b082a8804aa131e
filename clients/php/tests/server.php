<?php

// A receiver for the outage that all languages are put through, for PHP's own server with several workers: READ_URL and
// HOST come from the environment.

declare(strict_types=1);

require __DIR__ . '/../autoload.php';

$read = static function (): string {
    $context = stream_context_create(['http' => ['timeout' => 1.0]]);
    $text = @file_get_contents((string) getenv('READ_URL'), false, $context);
    return is_string($text) ? $text : throw new RuntimeException('the keyset could not be read');
};
$inMemory = getenv('STORE') !== 'file' && function_exists('apcu_enabled') && apcu_enabled();
$store = $inMemory ? new LiveKey\ApcuStore() : new LiveKey\FileStore(sys_get_temp_dir() . '/live-keyset-' . getenv('PORT'));
$cache = new LiveKey\KeysetCache($store, $read, timeout: 1.0);
$admission = (new LiveKey\Verifier($cache, (string) getenv('HOST')))->admit($_SERVER);
if ($admission instanceof LiveKey\Answer) {
    $admission->send();
} else {
    header("X-Live-Key-Verdict: $admission->verdict");
}
