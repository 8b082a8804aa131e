<?php

declare(strict_types=1);

require __DIR__ . '/check.php';
require __DIR__ . '/vectors.php';
require __DIR__ . '/cache.php';
require __DIR__ . '/stores.php';
require __DIR__ . '/admit.php';
require __DIR__ . '/sdk.php';
Check::end();
