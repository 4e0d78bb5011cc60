// SPDX-License-Identifier: Apache-2.0

// encryptionconfig reads an EncryptionConfiguration as kube-apiserver does at its start, and says
// {"ok": true} or {"ok": false, "error": "…"}. Its plugins need not run.
//
//	encryptionconfig [-reload] FILE
package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"

	"k8s.io/apiserver/pkg/server/options/encryptionconfig"
)

func main() {
	reload := flag.Bool("reload", false, "as with --encryption-provider-config-automatic-reload")
	flag.Parse()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	said := map[string]any{"ok": true}
	if _, err := encryptionconfig.LoadEncryptionConfig(ctx, flag.Arg(0), *reload, "test"); err != nil {
		said = map[string]any{"ok": false, "error": err.Error()}
	}
	_ = json.NewEncoder(os.Stdout).Encode(said)
}
