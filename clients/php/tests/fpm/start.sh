#!/bin/sh
# Starts an example as it stands, in PHP-FPM behind nginx: sh start.sh plain, sh start.sh laravel
# What is changed in it: how the secret is read, the host, and what "your work" is.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
package=$(cd "$here/../.." && pwd)

mkdir "$FOLDER/examples"
cp -r "$package/examples/." "$FOLDER/examples/"
cp "$here/read-secret.php" "$FOLDER/examples/"
sed -i -e "s/hooks\.example\.com/$HOST/" -e "s/ *\/\/ Your work\./header('X-Live-Key-Verdict: accepted');/" "$FOLDER/examples/plain.php"
ln -s "$package/autoload.php" "$FOLDER/autoload.php"
entry="$FOLDER/examples/plain.php"
if [ "$1" = laravel ]; then
  entry="$here/laravel/index.php"
  mkdir -p "$FOLDER/laravel/bootstrap/cache"
  cp -r "$here/laravel/config" "$FOLDER/laravel/"
fi

cat >"$FOLDER/fpm.conf" <<CONF
[global]
error_log = $FOLDER/fpm.log
daemonize = no
[www]
user = $(id -un)
group = $(id -gn)
listen = $FOLDER/fpm.sock
pm = static
pm.max_children = 4
clear_env = no
catch_workers_output = yes
php_admin_value[auto_prepend_file] = $here/prepend.php
php_admin_value[display_errors] = stderr
CONF
cat >"$FOLDER/nginx.conf" <<CONF
user $(id -un) $(id -gn);
worker_processes 1;
daemon off;
pid $FOLDER/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path $FOLDER/body;
  fastcgi_temp_path $FOLDER/fastcgi;
  proxy_temp_path $FOLDER/proxy;
  scgi_temp_path $FOLDER/scgi;
  uwsgi_temp_path $FOLDER/uwsgi;
  server {
    listen 127.0.0.1:$PORT backlog=128;
    location / {
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME $entry;
      fastcgi_pass unix:$FOLDER/fpm.sock;
    }
  }
}
CONF
fpm=$(ls /usr/sbin/php-fpm* | tail -n 1)
"$fpm" -R -F -y "$FOLDER/fpm.conf" &
fpm_pid=$!
nginx -p "$FOLDER" -e stderr -c "$FOLDER/nginx.conf" &
# PHP-FPM makes a process group of its own, so it is not ended with this one.
trap 'kill $! $fpm_pid; wait; exit' TERM INT
wait
