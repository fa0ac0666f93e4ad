package org.blkdelta.remote;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.Key;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SignatureException;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.EdECPublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.junit.jupiter.api.Test;

/// Ed25519 as the SSH library has it, by the JDK. The vector is RFC 8032's, section 7.1, test 1.
class Ed25519Test {

  static {
    Ed25519.register();
  }

  private static final byte[] SEED =
      hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  private static final byte[] PUBLIC =
      hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  private static final byte[] SIGNATURE =
      hex(
          "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970"
              + "1cf9b46bd25bf5f0595bbe24655141438e7a100b");

  /// The order of the curve's base point, RFC 8032, section 5.1.
  private static final BigInteger ORDER =
      BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

  @Test
  void the_public_half_is_derived_from_the_seed() throws Exception {
    var secret = SecurityUtils.generateEDDSAPrivateKey("ssh-ed25519", SEED);
    assertInstanceOf(EdECPrivateKey.class, secret);
    var open = SecurityUtils.recoverEDDSAPublicKey(secret);
    assertInstanceOf(EdECPublicKey.class, open);
    assertTrue(SecurityUtils.compareEDDSAPPublicKeys(open, open()));
    assertFalse(SecurityUtils.compareEDDSAPPublicKeys(open, other()));
  }

  @Test
  void it_signs_what_the_standard_says_and_takes_no_second_form_of_it() throws Exception {
    var signer = SecurityUtils.getEDDSASigner();
    signer.initSigner(null, SecurityUtils.generateEDDSAPrivateKey("ssh-ed25519", SEED));
    assertArrayEquals(SIGNATURE, signer.sign(null));
    assertTrue(isTaken(SIGNATURE));
    assertFalse(isTaken(secondForm()));
    assertFalse(isTaken(new byte[64]));
    assertFalse(isTaken(Arrays.copyOf(SIGNATURE, 63)));
  }

  @Test
  void a_key_file_of_openssh_is_read_as_it_was_written() throws Exception {
    var secret = SecurityUtils.generateEDDSAPrivateKey("ssh-ed25519", SEED);
    var pair = new KeyPair(open(), secret);
    var file = new ByteArrayOutputStream();
    OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, "", null, file);
    var name = NamedResource.ofName("id");
    var in = new ByteArrayInputStream(file.toByteArray());
    var read = SecurityUtils.loadKeyPairIdentities(null, name, in, null).iterator().next();
    assertTrue(KeyUtils.compareKeyPairs(pair, read));
    assertEquals("ssh-ed25519", KeyUtils.getKeyType(read));
    assertEquals(List.of(256, 256), List.of(size(read.getPublic()), size(read.getPrivate())));
  }

  @Test
  void a_key_file_of_pkcs_8_is_read() throws Exception {
    var secret = SecurityUtils.generateEDDSAPrivateKey("ssh-ed25519", SEED);
    var base64 = Base64.getMimeEncoder().encodeToString(secret.getEncoded());
    var pem = "-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n";
    var in = new ByteArrayInputStream(pem.getBytes(ISO_8859_1));
    var name = NamedResource.ofName("id");
    var read = SecurityUtils.loadKeyPairIdentities(null, name, in, null).iterator().next();
    assertTrue(KeyUtils.compareKeys(open(), read.getPublic()));
  }

  @Test
  void a_public_key_goes_over_the_wire_and_back() throws Exception {
    var buffer = new ByteArrayBuffer();
    buffer.putPublicKey(open());
    assertTrue(KeyUtils.compareKeys(open(), buffer.getPublicKey()));
  }

  /// Returns the signature that CVE-2020-36843 is about: with the order added to its scalar.
  private static byte[] secondForm() {
    var scalar = new BigInteger(1, reversed(Arrays.copyOfRange(SIGNATURE, 32, 64)));
    byte[] added = reversed(scalar.add(ORDER).toByteArray());
    var form = SIGNATURE.clone();
    System.arraycopy(Arrays.copyOf(added, 32), 0, form, 32, 32);
    return form;
  }

  private static boolean isTaken(byte[] signature) throws Exception {
    var verifier = SecurityUtils.getEDDSASigner();
    verifier.initVerifier(null, open());
    try {
      return verifier.verify(null, signature);
    } catch (SignatureException notOne) {
      return false;
    }
  }

  private static PublicKey open() throws Exception {
    return SecurityUtils.generateEDDSAPublicKey("ssh-ed25519", PUBLIC);
  }

  private static PublicKey other() throws Exception {
    byte[] seed = SEED.clone();
    seed[0]++;
    return SecurityUtils.recoverEDDSAPublicKey(
        SecurityUtils.generateEDDSAPrivateKey("ssh-ed25519", seed));
  }

  private static int size(Key key) {
    return SecurityUtils.getEDDSAKeySize(key);
  }

  private static byte[] reversed(byte[] bytes) {
    var reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }
}
