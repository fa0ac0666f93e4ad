# Prints, for each line of a file, what lvmsync makes of that line's words: the arguments of the
# function that would do the work. Usage: arguments.rb PROGRAM FILE
require 'shellwords'

module LVM; module Helpers; end; end
module GVB
  class VersionUnobtainable < StandardError; end
  def self.version; 'known'; end
end

WORK = %i[run_apply run_client].freeze

def made(name, options)
  words =
    if name == :run_apply
      ['apply', options[:apply], 'to', options[:device]]
    elsif options[:stdout]
      ['send', options[:snapdev], 'to', 'stdout']
    else
      ['send', options[:snapdev], 'to', options[:destdev], *(['at', options[:desthost]] if options[:desthost])]
    end
  words << "data=#{options[:source]}" if options[:source]
  words << "undo=#{options[:snapback]}" if options[:snapback]
  words << "rsh=#{quoted(options[:rsh])}" if options[:rsh] != 'ssh'
  words << '-v' if $verbose
  words << '-d' if $debug
  words << '-q' if $quiet
  words.join(' ').squeeze(' ').strip
end

def quoted(text)
  text =~ %r{\A[A-Za-z0-9_/.:@+,-]+\z} ? text : "'#{text}'"
end

File.foreach(ARGV[1], chomp: true) do |line|
  words = Shellwords.split(line)
  answer = IO.popen('-') do |child|
    next child.read if child
    $stderr.reopen(File::NULL)
    TracePoint.new(:call) do |event|
      next unless WORK.include?(event.method_id)
      print made(event.method_id, event.binding.local_variable_get(:opts))
      $stdout.flush
      exit!(0)
    end.enable
    program = ARGV[0]
    ARGV.replace(words)
    $0 = program
    load program
  end
  puts(if !$?.success? then 'refused'
       elsif answer.start_with?('Usage:') then 'help'
       elsif answer.start_with?('lvmsync known') then 'version'
       else answer end)
end
