#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Certificates for servers of tests, made anew by the openssl command.

    certificates.py FOLDER

writes FOLDER/ca.pem and, for each name in KINDS, FOLDER/NAME.pem (certificate and key),
FOLDER/NAME.crt and FOLDER/NAME.key; and FOLDER/client-locked.key, under a passphrase.
"""
import os
import subprocess
import sys

HOSTS = 'DNS:localhost,IP:127.0.0.1,IP:::1'
PAST = ('20200101000000Z', '20200201000000Z')
FUTURE = ('20900101000000Z', '20910101000000Z')
NOW = ('20200101000000Z', '20900101000000Z')

# name: (who signs, names, from and to, digest)
KINDS = {
    'good': ('ca', HOSTS, NOW, 'sha256'),
    'selfsigned': (None, HOSTS, NOW, 'sha256'),
    'expired': ('ca', HOSTS, PAST, 'sha256'),
    'notyet': ('ca', HOSTS, FUTURE, 'sha256'),
    'wronghost': ('ca', 'DNS:kms.eu-central-1.example,IP:127.0.0.2', NOW, 'sha256'),
    'otherca': ('other', HOSTS, NOW, 'sha256'),
    'sha1': ('ca', HOSTS, NOW, 'sha1'),
    'client': ('ca', 'DNS:client', NOW, 'sha256'),
}

CONFIG = '''
[ca]
default_ca = one
[one]
database = {folder}/index
rand_serial = yes
new_certs_dir = {folder}
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
'''


class Maker:
    def __init__(self, folder):
        self.folder = folder
        self.write('index', '')
        self.write('config', CONFIG.format(folder=folder))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='ascii') as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding='ascii') as file:
            return file.read()

    def openssl(self, *arguments):
        subprocess.run(['openssl', *arguments], check=True, cwd=self.folder,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE)

    def request(self, name, subject, extensions, key=('ec', 'ec_paramgen_curve:P-256')):
        flags = []
        for extension in extensions:
            flags += ['-addext', extension]
        self.openssl('req', '-new', '-newkey', key[0], '-pkeyopt', key[1],
                     '-nodes', '-keyout', name + '.key', '-out', name + '.csr',
                     '-subj', '/CN=' + subject, '-config', 'config', *flags)
        os.chmod(self.path(name + '.key'), 0o600)

    def sign(self, name, issuer, times, digest):
        by = (['-selfsign', '-keyfile', name + '.key'] if issuer is None else
              ['-cert', issuer + '.pem', '-keyfile', issuer + '.key'])
        self.openssl('ca', '-batch', '-config', 'config', '-md', digest, '-startdate', times[0],
                     '-enddate', times[1], '-in', name + '.csr', '-out', name + '.crt',
                     '-notext', *by)

    def authority(self, name):
        self.request(name, 'test authority ' + name,
                     ['basicConstraints=critical,CA:true', 'keyUsage=critical,keyCertSign'])
        self.sign(name, None, NOW, 'sha256')
        self.write(name + '.pem', self.read(name + '.crt'))

    def leaf(self, name, issuer, hosts, times, digest, **more):
        self.request(name, name, ['subjectAltName=' + hosts], **more)
        self.sign(name, issuer, times, digest)
        self.write(name + '.pem', self.read(name + '.crt') + self.read(name + '.key'))
        os.chmod(self.path(name + '.pem'), 0o600)


def make(folder):
    maker = Maker(folder)
    maker.authority('ca')
    maker.authority('other')
    for name, kind in KINDS.items():
        maker.leaf(name, *kind)
    maker.openssl('pkcs8', '-topk8', '-in', 'client.key', '-out', 'client-locked.key',
                  '-passout', 'pass:locked')


if __name__ == '__main__':
    make(sys.argv[1])
