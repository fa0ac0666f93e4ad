// A simulator of an ESXi host, or with the argument vpx of a vCenter, for the tests: that of
// govmomi. Prints its URL, and ends when its standard input does.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/vmware/govmomi/simulator"
)

func main() {
	model := simulator.ESX()
	if len(os.Args) > 1 && os.Args[1] == "vpx" {
		model = simulator.VPX()
	}
	if err := model.Create(); err != nil {
		panic(err)
	}
	server := model.Service.NewServer()
	fmt.Println(server.URL)
	io.Copy(io.Discard, os.Stdin)
	server.Close()
	model.Remove()
}
