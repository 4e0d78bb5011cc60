// SPDX-License-Identifier: Apache-2.0

// Package pki makes the certificates of the servers of tests.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Folder has a certificate authority, the server's certificate, and one for each user, made where
// they are missing, so that a server that starts again is the same one.
type Folder struct {
	CA     *x509.Certificate
	folder string
	key    *ecdsa.PrivateKey
}

// Open makes the authority and the certificate "server", where they are missing.
func Open(folder string) (*Folder, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	p := &Folder{folder: folder}
	if _, err := os.Stat(p.Cert("ca")); err != nil {
		if err := p.write("ca", &x509.Certificate{
			Subject: pkix.Name{CommonName: "kubeserver"}, IsCA: true, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}); err != nil {
			return nil, err
		}
	}
	cert, err := decodePEM(p.Cert("ca"))
	if err != nil {
		return nil, err
	}
	key, err := decodePEM(p.Key("ca"))
	if err != nil {
		return nil, err
	}
	if p.CA, err = x509.ParseCertificate(cert); err != nil {
		return nil, err
	}
	if p.key, err = x509.ParseECPrivateKey(key); err != nil {
		return nil, err
	}
	return p, p.leaf("server", &x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default.svc"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
}

// Cert is the path of a certificate in PEM.
func (p *Folder) Cert(name string) string { return filepath.Join(p.folder, name+".crt") }

// Key is the path of a certificate's key.
func (p *Folder) Key(name string) string { return filepath.Join(p.folder, name+".key") }

// Client makes the certificate that lets in as a user: common name and organisations.
func (p *Folder) Client(name string, groups []string) error {
	return p.leaf(name, &x509.Certificate{
		Subject:     pkix.Name{CommonName: name, Organization: groups},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
}

func (p *Folder) leaf(name string, template *x509.Certificate) error {
	if _, err := os.Stat(p.Cert(name)); err == nil {
		return nil
	}
	return p.write(name, template)
}

func (p *Folder) write(name string, template *x509.Certificate) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		return err
	}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0)
	issuer, by := p.CA, p.key
	if issuer == nil {
		issuer, by = template, key
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, by)
	if err != nil {
		return err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	if err := encodePEM(p.Key(name), "EC PRIVATE KEY", der); err != nil {
		return err
	}
	return encodePEM(p.Cert(name), "CERTIFICATE", cert)
}

func encodePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

func decodePEM(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, &os.PathError{Op: "decode", Path: path, Err: os.ErrInvalid}
	}
	return block.Bytes, nil
}
