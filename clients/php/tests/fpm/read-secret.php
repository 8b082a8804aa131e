<?php

// In place of the example's: from READ_URL.

declare(strict_types=1);

function readSecret(): string
{
    $context = stream_context_create(['http' => ['timeout' => 1.0]]);
    $text = @file_get_contents((string) getenv('READ_URL'), false, $context);
    return is_string($text) ? $text : throw new RuntimeException('the keyset could not be read');
}
