# Serves a Rack application, as servers for it do: enough of HTTP for one request on each connection.
require "socket"
require "stringio"

$application = nil

def run(application)
  $application = application
end

def answer(socket)
  method, path, = socket.gets.split(" ")
  env = { "REQUEST_METHOD" => method, "PATH_INFO" => path }
  while (line = socket.gets) && line != "\r\n"
    name, value = line.chomp.split(":", 2)
    env["HTTP_#{name.upcase.tr('-', '_')}"] = value.strip
  end
  env["rack.input"] = StringIO.new(socket.read(env["HTTP_CONTENT_LENGTH"].to_i).to_s.b)
  status, = $application.call(env)
  socket.write("HTTP/1.1 #{status} Answered\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
ensure
  socket.close
end

eval(File.read(ARGV[0]), TOPLEVEL_BINDING, ARGV[0])
server = TCPServer.new("127.0.0.1", Integer(ENV.fetch("PORT")))
loop { Thread.new(server.accept) { |socket| answer(socket) } }
