<?php

// Reads the secret with Alibaba Cloud's SDK V2.0: composer require alibabacloud/kms-20160120

declare(strict_types=1);

use AlibabaCloud\Credentials\Credential;
use AlibabaCloud\SDK\Kms\V20160120\Kms;
use AlibabaCloud\SDK\Kms\V20160120\Models\GetSecretValueRequest;
use Darabonba\OpenApi\Models\Config;

function readSecret(): string
{
    $config = new Config(['credential' => new Credential(), 'endpoint' => 'kms.cn-shanghai.aliyuncs.com']);
    $config->connectTimeout = $config->readTimeout = 2_000;
    $request = new GetSecretValueRequest(['secretName' => 'live/snapshot-callback/default']);
    return (new Kms($config))->getSecretValue($request)->body->secretData;
}
