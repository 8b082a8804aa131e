<?php

declare(strict_types=1);

namespace LiveKey;

/** The complete answer to a request that your code never sees. It has no body. */
final class Answer
{
    /** @param array<string, string> $headers */
    public function __construct(public int $status, public array $headers = [])
    {
    }

    /** Sends the answer in plain PHP. */
    public function send(): void
    {
        http_response_code($this->status);
        foreach ($this->headers as $name => $value) {
            header("$name: $value");
        }
    }
}
