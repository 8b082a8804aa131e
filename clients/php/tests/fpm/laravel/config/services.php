<?php

return ['live' => ['host' => (string) getenv('HOST')]];
