<?php

// The sample that reads the secret, with stand-ins for the few classes of Alibaba Cloud's SDK that it uses, by the names in
// its sources. The SDK itself is not used in the tests.

declare(strict_types=1);

namespace AlibabaCloud\Credentials {
    final class Credential
    {
    }
}

namespace Darabonba\OpenApi\Models {
    final class Config
    {
        public mixed $credential = null;
        public ?string $endpoint = null;
        public ?int $connectTimeout = null;
        public ?int $readTimeout = null;

        /** @param array<string, mixed> $config */
        public function __construct(array $config)
        {
            [$this->credential, $this->endpoint] = [$config['credential'], $config['endpoint']];
        }
    }
}

namespace AlibabaCloud\SDK\Kms\V20160120\Models {
    final class GetSecretValueRequest
    {
        public ?string $secretName = null;

        /** @param array<string, mixed> $config */
        public function __construct(array $config)
        {
            $this->secretName = $config['secretName'];
        }
    }
}

namespace AlibabaCloud\SDK\Kms\V20160120 {
    use AlibabaCloud\SDK\Kms\V20160120\Models\GetSecretValueRequest;
    use Darabonba\OpenApi\Models\Config;

    final class Kms
    {
        public function __construct(private Config $config)
        {
        }

        public function getSecretValue(GetSecretValueRequest $request): object
        {
            $timeouts = "{$this->config->connectTimeout} {$this->config->readTimeout}";
            return (object) ['body' => (object) ['secretData' => "$request->secretName $timeouts"]];
        }
    }
}

namespace {
    require __DIR__ . '/../examples/read-secret.php';

    Check::that('the sample with stand ins for the sdk', static function (): void {
        Check::same(readSecret(), 'live/snapshot-callback/default 2000 2000');
    });
}
