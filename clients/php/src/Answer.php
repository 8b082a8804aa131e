<?php

declare(strict_types=1);

namespace LiveKey;

/** The whole answer to a request that your code does not get to see. It has no body. */
final class Answer
{
    /** @param array<string, string> $headers */
    public function __construct(public int $status, public array $headers = [])
    {
    }

    /** Sends it, in plain PHP. */
    public function send(): void
    {
        http_response_code($this->status);
        foreach ($this->headers as $name => $value) {
            header("$name: $value");
        }
    }
}
