<?php

// The least of a Laravel application around the example: what an installer would make, and a job.

declare(strict_types=1);

namespace App\Jobs {
    final class StoreSnapshot
    {
        public function __construct(public string $snapshot)
        {
        }

        public function handle(): void
        {
            header('X-Live-Key-Verdict: accepted');
        }
    }
}

namespace {
    use App\Providers\LiveKeyServiceProvider;
    use Illuminate\Contracts\Debug\ExceptionHandler;
    use Illuminate\Contracts\Http\Kernel as HttpKernel;
    use Illuminate\Foundation\Application;
    use Illuminate\Foundation\Exceptions\Handler;
    use Illuminate\Foundation\Http\Kernel;
    use Illuminate\Http\Request;
    use Illuminate\Support\Facades\Route;

    $folder = (string) getenv('FOLDER');
    require 'Illuminate/autoload.php';
    require "$folder/autoload.php";
    require "$folder/examples/read-secret.php";
    require "$folder/examples/laravel/LiveKeyServiceProvider.php";

    $app = new Application("$folder/laravel");
    $app->singleton(HttpKernel::class, Kernel::class);
    $app->singleton(ExceptionHandler::class, Handler::class);
    $app->booting(static fn () => $app->register(LiveKeyServiceProvider::class));
    $app->booted(static fn () => Route::middleware([])->group("$folder/examples/laravel/api.php"));

    $kernel = $app->make(HttpKernel::class);
    $request = Request::capture();
    $response = $kernel->handle($request)->send();
    $kernel->terminate($request, $response);
}
