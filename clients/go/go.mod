module live-key-rotator/clients/go

go 1.18
