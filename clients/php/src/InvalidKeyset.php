<?php

declare(strict_types=1);

namespace LiveKey;

/** The document breaks a rule. The message names the field and never holds a key. */
final class InvalidKeyset extends \RuntimeException
{
}
