/// The files of another machine, over SFTP: a channel that has many requests under way, and the
/// names that `java.nio.file.Files` takes.
package org.blkdelta.remote.sftp;
