<?php

$stderr = ['driver' => 'monolog', 'handler' => Monolog\Handler\StreamHandler::class, 'with' => ['stream' => 'php://stderr']];
return ['default' => 'stderr', 'channels' => ['stderr' => $stderr]];
