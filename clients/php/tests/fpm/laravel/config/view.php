<?php

return ['paths' => [], 'compiled' => (string) getenv('FOLDER')];
