module envcrypt

go 1.19
