<?php

declare(strict_types=1);

use LiveKey\ApcuStore;
use LiveKey\FileStore;
use LiveKey\KeysetCache;
use LiveKey\Store;

$folder = sys_get_temp_dir() . '/live-keyset-' . bin2hex(random_bytes(6));
mkdir($folder, 0700);
$stores = ['a file' => static fn (): Store => new FileStore("$folder/keyset.json")];
if (function_exists('apcu_enabled') && apcu_enabled()) {
    $stores['APCu'] = static fn (): Store => new ApcuStore('test-' . bin2hex(random_bytes(6)));
} else {
    Check::throws(\RuntimeException::class, static fn () => new ApcuStore(), 'APCu');
}

foreach ($stores as $name => $make) {
    Check::that("$name keeps what was put in, keys and times", static function () use ($make): void {
        $store = $make();
        $secret = new Secret(document(['k1' => 'current', 'old' => 'previous', 'leaked' => 'compromised'], 7));
        $first = new KeysetCache($store, $secret);
        $loaded = $first->load();
        $second = new KeysetCache($store, $secret);
        Check::same($second->load()->keys(), $loaded->keys());
        Check::same([$second->isFresh(), $second->instance()], [true, $first->instance()]);
        Check::same($secret->reads, 1);
    });
}

Check::that('a file is for its owner alone, and whole', static function () use ($folder): void {
    Check::same(fileperms("$folder/keyset.json") & 0777, 0600);
    Check::same(count(glob("$folder/*")), 2, 'files');
    file_put_contents("$folder/keyset.json", '{"held": {"keys": 1}, "readAt": "soon"}');
    $cache = new KeysetCache(new FileStore("$folder/keyset.json"), new Secret(document(['k1' => 'current'])));
    Check::same($cache->load()->revision, 1, 'after a file of somebody else');
});

Check::that('one read serves all who wait', static function () use ($folder): void {
    $script = <<<'PHP'
        require $argv[1] . '/../autoload.php';
        $cache = new LiveKey\KeysetCache(new LiveKey\FileStore("$argv[2]/shared.json"), function () use ($argv) {
            file_put_contents("$argv[2]/reads", 'x', FILE_APPEND | LOCK_EX);
            usleep(200_000);
            return file_get_contents("$argv[2]/document");
        });
        echo $cache->load()->revision, $cache->instance();
        PHP;
    file_put_contents("$folder/document", document(['k1' => 'current'], 3));
    $children = [];
    for ($worker = 0; $worker < 6; $worker++) {
        $command = [PHP_BINARY, '-r', $script, '--', __DIR__, $folder];
        $children[] = [proc_open($command, [1 => ['pipe', 'w'], 2 => STDERR], $pipes), $pipes[1]];
    }
    $said = [];
    foreach ($children as [$child, $out]) {
        $said[] = stream_get_contents($out);
        proc_close($child);
    }
    Check::same(count(array_unique($said)), 1, implode(' ', $said));
    Check::same(file_get_contents("$folder/reads"), 'x', 'reads');
});

Check::that('nothing of a file is left', static function () use ($folder): void {
    array_map('unlink', glob("$folder/*"));
    Check::same(rmdir($folder), true);
});
