# What the predecessors do, without their faults. usage:
#   loops.rb vmdksync DELTA DESTINATION          each grain of 512 bytes: seek, read, seek, write
#   loops.rb lvmsync-send STORE ORIGIN >STREAM   each chunk: seek, read, print
#   loops.rb lvmsync-receive DESTINATION <STREAM
#   loops.rb read STORE ORIGIN                   each chunk of the origin, ascending: one read after the other

CHUNK = 4096

# The chunks that an exception store lists; chunks of 4 KiB.
def chunks(store)
  File.open(store, 'rb') do |file|
    list = []
    1.step(by: 1 + CHUNK / 16) do |area|
      file.seek(area * CHUNK)
      entries = file.read(CHUNK).unpack('Q<*').each_slice(2).take_while { |_, saved| saved != 0 }
      list.concat(entries.map(&:first))
      return list if entries.size < CHUNK / 16
    end
  end
end

def vmdksync(delta, destination)
  source = File.open(delta, 'rb')
  out = File.open(destination, 'r+b')
  _, _, _, sectors, _, directory_at = source.read(32).unpack('V8')
  source.seek(directory_at * 512)
  source.read(-(-sectors / 4096) * 4).unpack('V*').each_with_index do |table, number|
    next if table.zero?
    source.seek(table * 512)
    source.read(4 * 4096).unpack('V*').each_with_index do |grain, entry|
      next if grain.zero?
      source.seek(grain * 512)
      data = source.read(512)
      out.seek((number * 4096 + entry) * 512)
      out.write(data)
    end
  end
  out.close
end

def lvmsync_send(store, origin)
  list = chunks(store)
  $stdout.binmode
  $stdout.puts 'lvmsync PROTO[3]'
  File.open(origin, 'rb') do |file|
    list.sort.each do |chunk|
      file.seek(chunk * CHUNK)
      $stdout.print [chunk * CHUNK, CHUNK].pack('Q>N')
      $stdout.print file.read(CHUNK)
    end
  end
end

def lvmsync_receive(destination)
  $stdin.binmode
  $stdin.gets
  File.open(destination, 'r+b') do |out|
    while (header = $stdin.read(12))
      at, size = header.unpack('Q>N')
      out.seek(at)
      out.write($stdin.read(size))
    end
    out.fsync
  end
end

def read(store, origin)
  File.open(origin, File::RDONLY | File::BINARY) do |file|
    file.advise(:random)
    chunks(store).sort.each { |chunk| file.pread(CHUNK, chunk * CHUNK) }
  end
end

name = ARGV.shift
send(name.tr('-', '_'), *ARGV)
