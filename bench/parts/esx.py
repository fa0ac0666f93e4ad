"""An ESXi host for the benchmarks: it answers what blkdelta asks of one, in fixed words, and serves one export."""

import http.server
import re
import shutil
import ssl
import subprocess
import threading

ENVELOPE = (
    '<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Body><{0}Response xmlns="urn:vim25">{1}'
    "</{0}Response></e:Body></e:Envelope>"
)
CONTENT = "".join(
    f'<{name} type="{kind}">{name}</{name}>'
    for name, kind in {
        "rootFolder": "Folder",
        "propertyCollector": "PropertyCollector",
        "viewManager": "ViewManager",
        "sessionManager": "SessionManager",
    }.items()
)
DEVICES = (
    '<VirtualDevice xsi:type="ParaVirtualSCSIController"><key>1000</key><busNumber>0</busNumber></VirtualDevice>'
    '<VirtualDevice xsi:type="VirtualDisk"><key>2000</key><deviceInfo><label>Hard disk 1</label></deviceInfo>'
    '<backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName>[ds] vm/vm.vmdk</fileName>'
    "<diskMode>persistent</diskMode></backing><controllerKey>1000</controllerKey><unitNumber>0</unitNumber>"
    "<capacityInKB>{}</capacityInKB></VirtualDevice>"
)
LEASE = (
    "<leaseTimeout>300</leaseTimeout><deviceUrl><key>/1/ParaVirtualSCSIController0:0</key>"
    "<url>https://*/nfc/disk-0.vmdk</url><disk>true</disk></deviceUrl>"
)
TASK = '<returnval type="Task">task-1</returnval>'
TAKEN = '<state>success</state><result type="VirtualMachineSnapshot">snapshot-1</result>'
DESCRIPTOR = '# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\ncreateType="vmfs"\n{}'


def objects(kind, name, properties):
    """Returns the reply to a question for the properties of one object."""
    found = "".join(f"<propSet><name>{each}</name><val>{value}</val></propSet>" for each, value in properties.items())
    return f'<returnval><objects><obj type="{kind}">{name}</obj>{found}</objects></returnval>'


class Host:
    """Serves an export by TLS on the loopback address until it is closed."""

    def __init__(self, folder, export, size):
        self.certificate, key = folder / "host.crt", folder / "host.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
            + ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.certificate],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        self.password = folder / "password"
        self.password.write_text("secret\n")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(export, size))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self):
        return f"https://127.0.0.1:{self.server.server_port}/nfc/disk-0.vmdk"

    def uri(self):
        found = subprocess.run(
            ["openssl", "x509", "-in", self.certificate, "-noout", "-fingerprint", "-sha256"],
            check=True,
            capture_output=True,
            text=True,
        )
        thumbprint = found.stdout.strip().rpartition("=")[2]
        server = f"root@127.0.0.1:{self.server.server_port}"
        return f"vsphere://{server}/vm?thumbprint={thumbprint}&password-file={self.password}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def handler(export, size):
    """Returns what answers the requests."""
    devices = {"config.hardware.device": DEVICES.format(size // 1024)}
    machine = {"name": "vm", "config.uuid": "1", "runtime.powerState": "poweredOn", **devices}

    def reply(method, body):
        if method == "RetrieveServiceContent":
            return f"<returnval>{CONTENT}</returnval>"
        if method == "CreateContainerView":
            return '<returnval type="ContainerView">view-1</returnval>'
        if method == "CreateSnapshot_Task":
            return TASK
        if method == "ExportSnapshot":
            return '<returnval type="HttpNfcLease">lease-1</returnval>'
        if method != "RetrievePropertiesEx":
            return ""
        if ">task-1<" in body:
            return objects("Task", "task-1", {"info": TAKEN})
        if ">lease-1<" in body:
            return objects("HttpNfcLease", "lease-1", {"state": "ready", "info": LEASE})
        if ">snapshot-1<" in body:
            return objects("VirtualMachineSnapshot", "snapshot-1", devices)
        if "<pathSet>parent</pathSet>" in body:
            if ">dc<" in body:
                return objects("Datacenter", "dc", {"name": "dc"}).replace(
                    "</objects>", '<propSet><name>parent</name><val type="Folder">rootFolder</val></propSet></objects>'
                )
            return objects("VirtualMachine", "vm-1", {"name": "vm"}).replace(
                "</objects>", '<propSet><name>parent</name><val type="Datacenter">dc</val></propSet></objects>'
            )
        return objects("VirtualMachine", "vm-1", machine)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            method = re.search(r'<(\w+) xmlns="urn:vim25">', body).group(1)
            self.say(ENVELOPE.format(method, reply(method, body)).encode(), {"Set-Cookie": "vmware_soap_session=1"})

        def do_GET(self):
            if self.path.startswith("/folder"):
                self.say(DESCRIPTOR.format(f'RW {size // 512} VMFS "vm-flat.vmdk"\n').encode(), {})
                return
            self.close_connection = True
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            with open(export, "rb") as file:
                shutil.copyfileobj(file, self.wfile, 1 << 20)

        def say(self, answer, headers):
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    return Handler
